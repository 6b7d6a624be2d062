# cmake -DBUILD=<build folder> -DSOURCE=<checkout> -DWORK=<folder> -DCXX=<compiler> -P run.cmake
# Installs into WORK, then builds and runs the README's program by find_package and by pkg-config.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGV}\n${out}")
  endif()
endfunction()

# The installed keks gives the program a cluster to count in.
function(expect_count program)
  execute_process(COMMAND ${WORK}/prefix/bin/keks sandbox -- ${program} sandbox
    RESULT_VARIABLE code OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(NOT code EQUAL 0 OR NOT said MATCHES "There are 31 pods in the cluster")
    message(FATAL_ERROR "${program} exited ${code} and said: ${said}")
  endif()
endfunction()

set(example ${SOURCE}/examples/count_pods.cpp)
file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)

run(${CMAKE_COMMAND} -S ${SOURCE}/tests/install -B ${WORK}/build -G Ninja -DCMAKE_PREFIX_PATH=${WORK}/prefix
  -DCMAKE_CXX_COMPILER=${CXX} -DKEKS_EXAMPLE=${example})
run(${CMAKE_COMMAND} --build ${WORK}/build)
expect_count(${WORK}/build/consumer)

file(GLOB_RECURSE pc ${WORK}/prefix/*/keks.pc)
get_filename_component(pc_dir ${pc} DIRECTORY)
set(ENV{PKG_CONFIG_PATH} ${pc_dir})
execute_process(COMMAND pkg-config --define-variable=prefix=${WORK}/prefix --cflags --libs keks OUTPUT_VARIABLE flags
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags)
run(${CXX} -std=c++23 ${example} ${flags} -o ${WORK}/by-pkg-config)
expect_count(${WORK}/by-pkg-config)
