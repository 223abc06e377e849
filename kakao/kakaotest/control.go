package kakaotest

import "net/http"

// control mounts the emulator's own addresses. All of them lie under /-/, where Kakao has nothing.
func (s *Server) control() {
	s.mux.HandleFunc("GET /-/pictures/{id}/{file}", picture)
	s.mux.Handle("GET /-/static/", static())
	s.mux.HandleFunc("GET /-/healthz", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/plain;charset=UTF-8")
		rw.Write([]byte("ok\n"))
	})
}
