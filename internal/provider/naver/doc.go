// Package naver is Naver as a provider: it translates package naver into the neutral types of package provider.
package naver
