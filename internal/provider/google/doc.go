// Package google is the provider Google. Its clients, codes and texts end here.
package google
