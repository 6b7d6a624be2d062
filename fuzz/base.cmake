add_fuzz_target(yaml LIBRARIES keks_base)
