// Boost.URL, compiled once with sections of its own: the linker keeps the tenth of it that url.cpp calls, where
// Debian's archive comes as one piece.
#include <boost/url/src.hpp>
