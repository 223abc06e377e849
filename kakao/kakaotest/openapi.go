package kakaotest

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.json
var openapiFile []byte

// openapi serves the description of the control API.
func openapi(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Cache-Control", "no-store")
	rw.Write(openapiFile)
}
