package kakaotest

import (
	"bytes"
	"crypto/sha256"
	"image"
	"image/color"
	"image/jpeg"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

// picture draws the profile picture of an account: a JPEG of 640 or 110 pixels with a colour derived from the id.
func picture(rw http.ResponseWriter, r *http.Request) {
	size, err := strconv.Atoi(strings.TrimSuffix(r.PathValue("file"), ".jpg"))
	if err != nil || size != 640 && size != 110 {
		http.NotFound(rw, r)
		return
	}
	sum := sha256.Sum256([]byte(r.PathValue("id")))
	back := color.RGBA{96 + sum[0]/2, 96 + sum[1]/2, 96 + sum[2]/2, 255}
	front := color.RGBA{250, 250, 250, 255}
	if r.PathValue("id") == "default" {
		back = color.RGBA{200, 200, 200, 255}
	}
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			dx, dy := float64(x)/float64(size)-.5, float64(y)/float64(size)
			head := dx*dx+(dy-.38)*(dy-.38) < .03
			body := dx*dx/1.4+(dy-1.02)*(dy-1.02) < .16
			if head || body {
				img.SetRGBA(x, y, front)
			} else {
				img.SetRGBA(x, y, back)
			}
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		http.Error(rw, "kakaotest: "+err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "image/jpeg")
	rw.Header().Set("Cache-Control", "public, max-age=3600")
	rw.Write(b.Bytes())
}

// static serves the embedded style sheet and script.
func static() http.Handler {
	sub, err := fs.Sub(files, "static")
	if err != nil {
		panic("kakaotest: " + err.Error()) // the directory is embedded
	}
	return http.StripPrefix("/-/static/", http.FileServerFS(sub))
}
