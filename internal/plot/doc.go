// Package plot draws bars and lines as SVG, for pages without scripts. A drawing has classes and no styles, so that a
// style sheet gives it the colours of the light or dark scheme and a content security policy need not allow styles.
//
// A drawing is only half of a plot: the page shows the same numbers as a table, which screen readers read instead.
package plot
