add_fuzz_target(ini LIBRARIES keks_aws)
add_fuzz_target(sts_xml LIBRARIES keks_aws)
