add_fuzz_target(http_reply LIBRARIES keks_net)
add_fuzz_target(url LIBRARIES keks_net)
