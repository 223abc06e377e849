package listening

import "testing"

func TestListenersThatOverlap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"127.0.0.1:5000", "127.0.0.1:5000", true},
		{"127.0.0.1:5000", "127.0.0.1:5002", false},
		{"127.0.0.1:5000", "127.0.0.1:05000", true},
		{"localhost:5000", "127.0.0.1:5000", true},
		{":5000", "127.0.0.1:5000", true},
		{":5000", "[::1]:5000", true},
		{"[::]:5000", "10.0.0.5:5000", true},
		{"0.0.0.0:5000", "127.0.0.1:5000", true},
		{"0.0.0.0:5000", "[::1]:5000", false},
		{"127.0.0.1:5000", "[::1]:5000", false},
		{"127.0.0.1:5000", "10.0.0.5:5000", false},
		{"[::ffff:127.0.0.1]:5000", "127.0.0.1:5000", true},
		{"node-1:5000", "NODE-1.:5000", true},
		{"node-1:5000", "node-2:5000", false},
		{"127.0.0.1:0", "127.0.0.1:0", false},
		{"unix:/run/norang.sock", "127.0.0.1:5000", false},
	} {
		if got := Overlap(c.a, c.b); got != c.want {
			t.Errorf("Overlap(%s, %s) = %v", c.a, c.b, got)
		}
		if got := Overlap(c.b, c.a); got != c.want {
			t.Errorf("Overlap(%s, %s) = %v", c.b, c.a, got)
		}
	}
}

func TestAddressThatReachesAListener(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		host, port, listener string
		want                 bool
	}{
		{"127.0.0.1", "6210", "127.0.0.1:6210", true},
		{"localhost", "6210", "127.0.0.1:6210", true},
		{"LocalHost.", "6210", "127.0.0.1:6210", true},
		{"app.localhost", "6210", "[::1]:6210", true},
		{"::1", "6210", "[::1]:6210", true},
		{"::1", "6210", "127.0.0.1:6210", false},
		{"127.0.0.1", "6210", "localhost:6210", true},
		{"127.0.0.1", "6210", ":6210", true},
		{"::1", "6210", ":6210", true},
		{"127.0.0.1", "6210", "0.0.0.0:6210", true},
		{"::1", "6210", "0.0.0.0:6210", false},
		{"0.0.0.0", "6210", "127.0.0.1:6210", true},
		{"::", "6210", "[::1]:6210", true},
		{"127.0.0.1", "8000", "127.0.0.1:6210", false},
		{"192.0.2.1", "6210", ":6210", false}, // of another machine
		{"app", "6210", ":6210", false},
		{"node-1", "6210", "node-1:6210", true},
		{"127.0.0.1", "6210", "unix:/run/norang.sock", false},
		{"127.0.0.1", "0", "127.0.0.1:0", false},
	} {
		if got := Reaches(c.host, c.port, c.listener); got != c.want {
			t.Errorf("Reaches(%s, %s, %s) = %v", c.host, c.port, c.listener, got)
		}
	}
}
