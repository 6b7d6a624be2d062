#pragma once

#include <keks/aws/chain.hpp>

namespace keks::cli {

/// Asks for an MFA code on the terminal: `/dev/tty`, or stdin where that is a terminal and `KUBERNETES_EXEC_INFO` does
/// not forbid it. The question goes to the terminal too, never to stdout.
/// *Errors of the prompt:* `MfaNeeded` when there is no terminal, or this process is in its background;
/// `DeadlineExceeded`, `Cancelled`.
aws::MfaPrompt mfa_prompt(Environment environment);

/// Whether `KUBERNETES_EXEC_INFO` says that stdin is not ours.
bool stdin_is_forbidden(Environment const& environment);

}  // namespace keks::cli
