// Package serverapi is the server API: an app's server looks up and changes its users with an API key.
//
// Each call is a row of one table, from which the routes and the OpenAPI document are made. The work is done by package
// operator, with the key as the actor.
package serverapi
