// Package kakao is a client for everything that Kakao Login offers.
package kakao
