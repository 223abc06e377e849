// Command norang is Kakao login in front of, inside, or beside any web service.
package main

func main() {}
