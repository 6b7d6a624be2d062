add_fuzz_target(sts_xml LIBRARIES keks_aws)
