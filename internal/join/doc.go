// Package join turns a pending user into an active one: age, terms, marketing choice, and the app's own decision.
package join
