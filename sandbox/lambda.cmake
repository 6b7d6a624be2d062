add_library(keks_local_lambda STATIC
  lambda_api.cpp lambda_function.cpp lambda_ids.cpp lambda_invoke.cpp lambda_log.cpp lambda_process.cpp lambda_run.cpp
  lambda_states.cpp lambda_supervisor.cpp local_lambda.cpp)
setup_target(keks_local_lambda)
target_include_directories(keks_local_lambda PUBLIC ${PROJECT_SOURCE_DIR} PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(keks_local_lambda PUBLIC keks_base keks_net)
