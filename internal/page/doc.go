// Package page renders the pages: view models, templates and static files.
//
// A page is a struct that embeds [Frame], such as [Home], a template of the same name under templates/, and samples
// in samples.go, which the golden and accessibility tests render. [Renderer.Render] writes a complete page or
// nothing. The language is part of the Frame.
//
// The package does not answer requests (package web sets status and headers), decides nothing and takes no errors:
// failures reach it as texts of package problem. The one script is static/page.js; no page has
// inline styles or needs the script.
//
// # Replacing pages
//
// Config.Overrides replaces files by name: every file under templates/, such as "home.html", and "norang.css". A
// page's template defines "title" and "main"; "layout.html" is the frame around them, and "parts.html" holds what
// pages share. The dot is the view model. A file that replaces nothing, does not parse, or fails on a sample stops the
// start. docs/own-pages.md documents files, blocks, functions and fields for operators; a test compares it.
package page
