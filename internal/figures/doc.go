// Package figures counts what happens in a service by minute and by hour: sign-ins that start and return, failures by
// code, the time of provider calls. It is what the operator's console plots and what alarms are decided on.
//
// A figure is a number with a label from a fixed or bounded list. It never says who: there is no row for a visitor, a
// user or an address. Figures are kept in memory and written once a minute, so that a crash loses at most a minute of
// them. Several processes add to the same rows.
package figures
