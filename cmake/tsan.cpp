// OpenSSL guards what its objects share (a certificate's parsed extensions, a session's last reference) by atomics of
// its own, which ThreadSanitizer does not see in a library that it did not compile; only the copying, comparing and
// freeing done from there reach it, and look like races. Locks and atomics of ours are watched as before.
extern "C" char const* __tsan_default_suppressions();

extern "C" char const* __tsan_default_suppressions() {
  return "called_from_lib:libcrypto.so\ncalled_from_lib:libssl.so\n";
}
