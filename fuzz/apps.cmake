add_fuzz_target(cache_entry LIBRARIES keks_cli)
