#pragma once

#include <keks/aws/session.hpp>

#include "apps/keks/command.hpp"

namespace keks::cli {

/// Who the user is towards AWS, by `--profile`, `--region` and the environment; asks for MFA codes on the terminal, and
/// keeps credentials on disk where `--cache` or `KEKS_CACHE` wants it. Nothing is asked of AWS yet.
/// *Errors:* those of `aws::Session::make`.
Result<aws::Session> session_of(Arguments const& args);
/// The same in a region that was found elsewhere.
Result<aws::Session> session_in(Arguments const& args, std::string region);

}  // namespace keks::cli
