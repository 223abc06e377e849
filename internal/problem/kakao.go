package problem

// kakaoRow makes the row of a code of Kakao's own: a call of ours that Kakao refused is our fault in the visitor's eyes,
// whatever the code.
func kakaoRow(code Code, _ string) row {
	r, _ := find(KakaoRejected)
	r.text = string(KakaoRejected)
	r.code = code
	return r
}
