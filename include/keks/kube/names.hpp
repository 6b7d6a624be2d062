#pragma once

#include <string_view>

namespace keks::kube {

/// The API server's rules for names, each as a question. All pure.
/// Contract: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
bool is_dns1123_label(std::string_view text);               ///< `my-name`, `123-abc`: namespaces; at most 63 bytes
bool is_dns1123_subdomain(std::string_view text);           ///< `example.com`: most objects; at most 253 bytes
bool is_dns1035_label(std::string_view text);               ///< as the first, beginning with a letter: services
bool is_wildcard_dns1123_subdomain(std::string_view text);  ///< `*.example.com`
bool is_label_key(std::string_view text);                   ///< `app`, `app.kubernetes.io/name`
bool is_label_value(std::string_view text);                 ///< may be empty
bool is_config_map_key(std::string_view text);              ///< `key.name`, `KEY_NAME`
bool is_port_name(std::string_view text);                   ///< `http-web`; at most 15 bytes
bool is_env_var_name(std::string_view text);                ///< `MY_ENV.NAME`
bool is_http_header_name(std::string_view text);            ///< `X-Header-Name`
bool is_c_identifier(std::string_view text);                ///< `MY_NAME`
bool is_percent(std::string_view text);                     ///< `25%`
/// What may stand between two slashes of a path: anything but `.`, `..` and text with `/` or `%`.
bool is_path_segment(std::string_view text);

}  // namespace keks::kube
