// Package kakao implements the provider contract for Kakao Login with the client of package kakao. Kakao's codes,
// fields and flags end here and become the neutral types of package provider.
package kakao
