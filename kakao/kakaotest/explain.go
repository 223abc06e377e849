package kakaotest

// explanation is why a code comes and what to do.
type explanation struct {
	Cause, CauseEN, Menu, MenuEN, Remedy, RemedyEN string
}

// explain looks a code up.
func explain(code string) explanation { return explanation{} }

// explainEntry completes a line of the log.
func explainEntry(r *Request) {
	if r.Code == "" {
		return
	}
	e := explain(r.Code)
	r.Cause, r.CauseEN, r.Menu = e.Cause, e.CauseEN, e.Menu
	if r.Hint == "" {
		r.Hint, r.HintEN = e.Remedy, e.RemedyEN
	}
}
