// Package arch tests the structure of the module: it parses every Go file and checks imports against the layers,
// sizes of types, functions, files and lines, and that the documents name what the code contains.
package arch
