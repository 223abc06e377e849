package page

// Join is the page that a new person passes once. Its form is posted to {prefix}/join with these fields:
//
//	csrf        the token
//	action      "join" or "cancel": which button
//	age         "1" if declared
//	term.<tag>  the version that was agreed to, for each term that was ticked
//	return_to   as given
//
// Nothing is ticked in advance; Checked and AgeChecked repeat what the person ticked themselves before an error.
type Join struct {
	Frame
	Who      Who
	ReturnTo string // the cleaned return path; "" for none
	// AskAge asks for the declaration of being 14 or older, which is required.
	AskAge bool
	// AgeOptional lets people join without it.
	AgeOptional bool
	AgeChecked  bool
	// AgeMissing marks the declaration as missing.
	AgeMissing bool
	Terms      []JoinTerm
}

func (Join) file() string { return "join.html" }

// JoinTerm is one thing to agree to.
type JoinTerm struct {
	Tag     string // [a-z0-9_-]{1,64}
	Version string
	// Title is the document's name in the page's language, without a verb: "이용약관". For Marketing it is the whole
	// sentence. "" takes the usual words.
	Title     string
	URL       string // where it can be read, "" for nowhere
	Required  bool
	Marketing bool
	Checked   bool
	// Missing marks a required term that was not agreed to.
	Missing bool
}

// Missing reports whether anything required was left out.
func (j Join) Missing() bool {
	if j.AgeMissing {
		return true
	}
	for _, t := range j.Terms {
		if t.Missing {
			return true
		}
	}
	return false
}

// HasOptional reports whether there is anything that may be left out.
func (j Join) HasOptional() bool {
	for _, t := range j.Terms {
		if !t.Required {
			return true
		}
	}
	return j.AskAge && j.AgeOptional
}
