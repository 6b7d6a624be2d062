# `cmake --install`: libkeks.a, its headers (generated ones too), a CMake package and a pkg-config file.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS keks EXPORT keks-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/keks ${KEKS_GENERATED_DIR}/include/keks
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(PROGRAMS $<TARGET_FILE:keks_program> DESTINATION ${CMAKE_INSTALL_BINDIR})

# The program prints its own manual and completions.
set(texts ${PROJECT_BINARY_DIR}/share)
file(MAKE_DIRECTORY ${texts})
add_custom_command(OUTPUT ${texts}/keks.1 ${texts}/keks.bash ${texts}/keks.zsh ${texts}/keks.fish
  COMMAND keks_program man > ${texts}/keks.1
  COMMAND keks_program completion bash > ${texts}/keks.bash
  COMMAND keks_program completion zsh > ${texts}/keks.zsh
  COMMAND keks_program completion fish > ${texts}/keks.fish
  DEPENDS keks_program VERBATIM)
add_custom_target(keks_texts ALL DEPENDS ${texts}/keks.1)
install(FILES ${texts}/keks.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${texts}/keks.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME keks)
install(FILES ${texts}/keks.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _keks)
install(FILES ${texts}/keks.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

set(KEKS_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/keks)
install(EXPORT keks-targets NAMESPACE keks:: DESTINATION ${KEKS_CMAKE_DIR})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/keks-config.cmake.in ${PROJECT_BINARY_DIR}/keks-config.cmake
  INSTALL_DESTINATION ${KEKS_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/keks-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/keks-config.cmake ${PROJECT_BINARY_DIR}/keks-config-version.cmake
  DESTINATION ${KEKS_CMAKE_DIR})

configure_file(${PROJECT_SOURCE_DIR}/cmake/keks.pc.in ${PROJECT_BINARY_DIR}/keks.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/keks.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
