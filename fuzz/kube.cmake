add_fuzz_target(json_codec LIBRARIES keks_kube)
