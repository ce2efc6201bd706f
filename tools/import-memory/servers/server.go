// The HTTP server of Go's standard library, which answers every request.
package main

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
)

func main() {
	page := map[string]string{"answer": strings.Repeat("x", 2000)}
	http.HandleFunc("/", func(response http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(response).Encode(page)
	})
	http.ListenAndServe("127.0.0.1:"+os.Args[1], nil)
}
