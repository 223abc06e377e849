package emulator

// Reasons for the request log that several emulators give.
var (
	WhyPostOnly   = Text{"POST로 불러야 합니다", "POST is required here"}
	WhyInBody     = Text{"파라미터는 본문에 있어야 합니다", "parameters belong in the body"}
	WhyGrantType  = Text{"모르는 grant_type입니다", "unknown grant_type"}
	WhyCode       = Text{"모르는 코드입니다", "unknown code"}
	WhyUsed       = Text{"이미 쓴 코드입니다", "the code was used before"}
	WhyExpired    = Text{"만료된 코드입니다", "the code has expired"}
	WhyRedirect   = Text{"redirect_uri가 인가 요청의 것과 다릅니다", "redirect_uri differs from that of the authorize request"}
	WhyVerifier   = Text{"code_verifier가 code_challenge와 맞지 않습니다", "code_verifier does not fit code_challenge"}
	WhyUnlinked   = Text{"사용자가 연결을 끊었습니다", "the user has ended the link"}
	WhyNothing    = Text{"죽었거나 모르는 토큰이라 바뀐 것이 없습니다", "the token was dead or unknown; nothing has changed"}
	WhyType       = Text{"response_type은 code여야 합니다", "response_type must be code"}
	WhyChallenge  = Text{"code_challenge는 S256이어야 합니다", "code_challenge must be S256"}
	WhyPrompt     = Text{"모르는 prompt입니다", "unknown prompt"}
	WhyScripted   = Text{"에뮬레이터의 시나리오", "scripted by the emulator"}
	WhyState      = Text{"state가 없거나 인가 요청의 것과 다릅니다", "state is missing or differs from that of the authorize request"}
	WhyCredential = Text{
		"client_id나 client_secret이 틀렸습니다", "client_id or client_secret is wrong",
	}
)

// IgnoredBody is the reason for a request whose parameters are in a body that is no form, such as JSON.
func IgnoredBody(contentType string) Text {
	kind := Verbatim(Clip(contentType, 80))
	if contentType == "" {
		kind = Text{"Content-Type 없음", "no Content-Type"}
	}
	return Textf("본문(%v)은 읽지 않았습니다. 파라미터는 application/x-www-form-urlencoded 본문으로 보내십시오.",
		"The body (%v) was ignored. Send parameters as an application/x-www-form-urlencoded body.", kind)
}
