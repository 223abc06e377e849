package norang_test

import (
	"context"
	"log"
	"net/http"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao"
)

// The functions here are the code of README.md and docs/ that is not in another example. They are compiled only.

type numbers struct{}

func (numbers) FindByKakao(context.Context, string) (ref string, ok bool) { return "", false }

func documentedService(keys norang.Kakao, mux *http.ServeMux, my http.Handler, r *http.Request) (string, bool) {
	svc, err := norang.New(norang.Config{URL: "https://www.example.com", Kakao: keys})
	if err != nil {
		log.Fatal(err)
	}
	mux.Handle("/my/", svc.Require(my))
	log.Fatal(http.ListenAndServe("127.0.0.1:5000", svc.Wrap(mux)))

	user, ok := norang.UserFrom(r.Context())
	return user.ID, ok
}

func documentedConsent(svc *norang.Service, mux *http.ServeMux, coupons http.Handler) {
	birthday := norang.Consent{Scope: "birthday", FeatureKo: "생일 쿠폰", FeatureEn: "Birthday coupons"}
	mux.Handle("/coupons", svc.RequireConsent(coupons, birthday))
}

func documentedToken(ctx context.Context, svc *norang.Service, user norang.User, client *kakao.Client) error {
	err := svc.UseKakaoToken(ctx, user.ID, func(ctx context.Context, token kakao.Secret) error {
		_, err := client.UserMe(ctx, token, kakao.UserMeOptions{})
		return err
	})
	return err
}

func documentedJoinHook(members numbers) norang.Config {
	return norang.Config{
		JoinHook: func(ctx context.Context, q norang.JoinRequest) (norang.JoinDecision, error) {
			if number, ok := members.FindByKakao(ctx, q.Subject); ok {
				return norang.JoinDecision{Allow: true, Ref: number}, nil
			}
			return norang.JoinDecision{MessageKo: "직원만 가입할 수 있어요.", MessageEn: "Staff only."}, nil
		},
	}
}

var _ = []any{documentedService, documentedConsent, documentedToken, documentedJoinHook}
