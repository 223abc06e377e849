// Package e2e holds the tests that run whole programs: journeys in a browser, crashes, replicas, full disks, storms.
package e2e
