# What every target shares. `setup_target(t)` is called for each of ours, never for a dependency.
set(Boost_USE_STATIC_LIBS ON)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
set(OPENSSL_USE_STATIC_LIBS ${KEKS_STATIC})
find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# Debian has static archives for all of these; the pkg-config names give paths, the archive is taken where there is one.
function(find_archive name target)
  find_library(KEKS_${target} NAMES lib${name}.a ${name} REQUIRED)
  add_library(keks_dep_${target} INTERFACE)
  target_link_libraries(keks_dep_${target} INTERFACE ${KEKS_${target}})
endfunction()
find_archive(cares cares)
find_archive(expat expat)
find_archive(yaml yaml)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The same object serves every build folder of one checkout, whatever the folder is called.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set_property(GLOBAL PROPERTY JOB_POOLS heavy=1 light=2)

function(setup_target target)
  target_compile_features(${target} PUBLIC cxx_std_23)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF JOB_POOL_COMPILE light)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Wcast-align -Woverloaded-virtual -ffunction-sections -fdata-sections)
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  # GCC 12 sees ghosts in std::string and std::variant at -O2.
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-maybe-uninitialized -Wno-dangling-pointer)
  endif()
  if(KEKS_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${KEKS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
    target_link_options(${target} PUBLIC -fsanitize=${KEKS_SANITIZE})
  endif()
  get_target_property(type ${target} TYPE)
  if(KEKS_SANITIZE STREQUAL thread AND type STREQUAL EXECUTABLE)
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/tsan.cpp)
  endif()
  if(KEKS_FUZZERS)
    target_compile_options(${target} PUBLIC -fsanitize=fuzzer-no-link)
    target_link_options(${target} PUBLIC -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# A program of ours. With KEKS_STATIC it depends on no file of the system it runs on.
function(setup_program target)
  setup_target(${target})
  target_link_options(${target} PRIVATE -Wl,--gc-sections)
  if(KEKS_STATIC)
    # The linker warns of getaddrinfo and dlopen in libcrypto and c-ares; keks calls neither (docs/adr/0007).
    target_link_options(${target} PRIVATE -static -no-pie -Wl,--no-warnings)
  endif()
endfunction()
