// Package disktest provides small disks that tests can fill without affecting others, and directories in memory.
package disktest
