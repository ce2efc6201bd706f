import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

/** The HTTP server that Java brings, which answers every request. */
class Server {
    public static void main(String[] arguments) throws Exception {
        byte[] page = "x".repeat(2000).getBytes();
        HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(arguments[0])), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, page.length);
            try (exchange) {
                exchange.getResponseBody().write(page);
            }
        });
        server.start();
    }
}
