// Package disktest is test support: small disks of their own, which a test can fill to the last byte without anybody else
// noticing. Only tests import it.
package disktest
