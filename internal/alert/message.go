package alert

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

type message struct {
	Type      Event     `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
	// Text is for receivers such as Slack, which show it and ignore the rest.
	Text string `json:"text"`
}

type data struct {
	Kind    Kind             `json:"kind"`
	Subject string           `json:"subject,omitempty"`
	Reason  string           `json:"reason,omitempty"`
	Service string           `json:"service"`
	Since   time.Time        `json:"since"`
	Counts  map[string]int64 `json:"counts,omitempty"`
	Codes   []CodeCount      `json:"codes,omitempty"`
}

func (w *Watcher) compose(e Event, c Condition, since, now time.Time) string {
	body, err := json.Marshal(message{
		Type: e, Timestamp: now.UTC().Truncate(time.Second), Text: w.text(e, c, since),
		Data: data{
			Kind: c.Kind, Subject: c.Subject, Reason: c.Reason, Service: w.cfg.Service,
			Since: since.UTC().Truncate(time.Second), Counts: c.Counts, Codes: c.Codes,
		},
	})
	if err != nil {
		panic(err) // a struct of strings, numbers and times
	}
	return string(body)
}

// korea has had no summer time since 1988.
var korea = time.FixedZone("KST", 9*60*60)

// text is in Korean and English: the operators' languages are not known.
func (w *Watcher) text(e Event, c Condition, since time.Time) string {
	ko, en := words(c)
	at := since.In(korea).Format("01-02 15:04")
	switch e {
	case Resolved:
		return fmt.Sprintf("[norang %s] 해결됨: %s (%s부터)\nResolved: %s (since %s KST)", w.cfg.Service, ko, at, en, at)
	case Repeated:
		return fmt.Sprintf("[norang %s] 계속됨: %s (%s부터)\nStill so: %s (since %s KST)", w.cfg.Service, ko, at, en, at)
	}
	return fmt.Sprintf("[norang %s] %s\n%s", w.cfg.Service, ko, en)
}

func words(c Condition) (ko, en string) {
	n := func(name string) int64 { return c.Counts[name] }
	counted := len(c.Counts) > 0
	switch c.Kind {
	case NotReturning:
		ko, en = "로그인을 시작한 브라우저가 돌아오지 않습니다.", "Browsers that are sent to sign in do not come back."
		if c.Subject != "" {
			ko = fmt.Sprintf("%s(으)로 로그인하러 간 브라우저가 돌아오지 않습니다.", c.Subject)
			en = fmt.Sprintf("Browsers that are sent to %s do not come back.", c.Subject)
		}
		if counted {
			ko += fmt.Sprintf(" 한 시간에 시작 %d, 복귀 %d. 제공자의 콘솔 설정을 확인하십시오(norang doctor).", n("started"), n("returned"))
			en += fmt.Sprintf(" In an hour %d started and %d returned. Check the settings in the provider's console "+
				"(norang doctor).", n("started"), n("returned"))
		}
	case FailuresSpiked:
		ko, en = "로그인 실패가 급증했습니다.", "Sign-ins fail much more often than usual."
		if counted {
			var list []string
			for _, code := range c.Codes {
				list = append(list, fmt.Sprintf("%s %d", code.Code, code.Count))
			}
			ko += fmt.Sprintf(" 15분 동안 콜백 %d 가운데: %s.", n("callbacks"), strings.Join(list, ", "))
			en += fmt.Sprintf(" In 15 minutes, of %d callbacks: %s.", n("callbacks"), strings.Join(list, ", "))
		}
	case JobsDead:
		ko, en = "포기한 작업이 있습니다.", "Jobs were given up."
		if counted {
			ko += fmt.Sprintf(" %d건. norang jobs list로 확인하십시오.", n("jobs"))
			en += fmt.Sprintf(" %d of them; see norang jobs list.", n("jobs"))
		}
	case EventsFailing:
		ko, en = "앱이 이벤트를 받지 않습니다.", "The app does not accept events."
		if counted {
			ko += fmt.Sprintf(" %d분째, 회원 %d명의 이벤트가 기다립니다. norang events status로 확인하십시오.", n("minutes"), n("users"))
			en += fmt.Sprintf(" For %d minutes; those of %d users wait. See norang events status.", n("minutes"), n("users"))
		}
	case NoticesSilent:
		ko = fmt.Sprintf("%s의 웹훅이 오지 않습니다.", c.Subject)
		en = fmt.Sprintf("The webhooks of %s have stopped.", c.Subject)
		if counted {
			ko += fmt.Sprintf(" %d시간째이며, 그동안 로그인은 %d번 있었습니다. 콘솔의 웹훅 설정을 확인하십시오.", n("hours"), n("sign_ins"))
			en += fmt.Sprintf(" None for %d hours, in which there were %d sign-ins. Check the webhook in its console.",
				n("hours"), n("sign_ins"))
		}
	}
	return ko, en
}
