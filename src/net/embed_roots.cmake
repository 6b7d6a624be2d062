# Writes OUTPUT: the Amazon roots of the system's ca-certificates as C++, each in DER.
# cmake -DOPENSSL=<openssl> -DROOTS=<a.crt;b.crt> -DOUTPUT=<file.cpp> -P embed_roots.cmake
set(arrays "")
set(entries "")
set(index 0)
foreach(root IN LISTS ROOTS)
  set(der ${OUTPUT}.${index}.der)
  execute_process(COMMAND ${OPENSSL} x509 -in ${root} -outform DER -out ${der} COMMAND_ERROR_IS_FATAL ANY)
  file(READ ${der} bytes HEX)
  file(REMOVE ${der})
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char kRoot${index}[] = {${bytes}};\n")
  string(APPEND entries "    kRoot${index},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"net/trust.hpp\"

namespace keks::net {
namespace {
${arrays}
constexpr Der kRoots[] = {
${entries}};
}  // namespace
std::span<Der const> amazon_roots() { return kRoots; }
}  // namespace keks::net
")
