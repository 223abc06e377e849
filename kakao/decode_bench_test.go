package kakao

import "testing"

// BenchmarkDecodeUserMe measures only the decoding. BenchmarkUserMe measures the whole call.
func BenchmarkDecodeUserMe(b *testing.B) {
	body := []byte(load(b, "user_me.json").body)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		p := parser{b: body}
		if u := readUser(&p); p.done() != nil || u.ID == 0 {
			b.Fatal(p.err)
		}
	}
}
