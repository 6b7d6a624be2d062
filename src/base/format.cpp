// What fmt does not define inline, once, here; and the two templates that its inline part leaves undefined.
#include "base/format.hpp"

#include <fmt/format-inl.h>

template auto fmt::detail::thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template auto fmt::detail::decimal_point_impl<char>(locale_ref) -> char;
