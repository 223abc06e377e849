// Package web is norang's HTTP kernel: the route table, the checks that every request passes (host, method, rate
// limit, origin, access level), cookies, common headers, pages and problem responses.
//
// It knows no feature and imports no use case. The packages below it (signin, profile, forward, webhook) hold the
// handlers; each returns its rows of the route table and the problems that answer its use cases' errors, and package
// app mounts them. A row without an access level, a kind or a limit class is refused.
package web
