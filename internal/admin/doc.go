// Package admin is the operator's console: pages under /admin on the listener for operations, and the gate at the main
// address through which operators enter it.
//
// A visitor of the console has no session there and is led to the gate, {prefix}/admin at the main address. The gate
// admits users who hold a role and have just signed in at the provider, and hands them over by a code that works once,
// for a minute, and only in the browser that asked for it. The console's session is its own and short; it needs the
// second factor.
//
// # Adding a page
//
// A feature is a struct with the few fields that it uses. Its Rows are mounted by [Shell.Mount]:
//
//	func (f *Jobs) Rows() []Row {
//		return []Row{
//			View("jobs", f.list).In("jobs"), // GET /admin/jobs, for every operator, with a link in the menu
//			Search("jobs/search", f.search), // POST: shows something that must not be in an address
//			Change("jobs/retry", f.retry),   // POST by the role operator after a recent sign-in
//		}
//	}
//
// The Shell checks session, second factor, role, form token and the age of the sign-in before a handler runs. A handler
// gets a [Request]: Frame for the view model, Operate for the use cases with the operator as the actor, After and Link
// for lists paged by key, Done to lead back with a message. A page is a view model with its sample in internal/page
// that embeds ConsoleFrame, a template in internal/page/templates/console, and texts with the prefix "console." in
// internal/i18n; the menu's are "console.nav." and the name given to In. Addresses hold no personal data: what is
// searched by it goes by POST.
package admin
