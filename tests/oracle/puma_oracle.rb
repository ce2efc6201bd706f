# Asks Puma what it makes of configurations: one JSON object a line in, one a line out.
require "json"
require "tmpdir"
require "puma"
require "puma/cli"
require "puma/configuration"

$stdin.each_line do |line|
  asked = JSON.parse(line)
  before = ENV.to_h
  answer = Dir.mktmpdir do |dir|
    Dir.chdir(dir) do
      asked["files"].each do |path, text|
        Dir.mkdir(File.dirname(path)) unless Dir.exist?(File.dirname(path))
        File.write(path, text)
      end
      ENV.update(asked["env"])
      begin
        cli = Puma::CLI.new(asked["argv"], Puma::Events.strings)
        conf = cli.instance_variable_get(:@conf)
        conf.clamp
        options = conf.final_options
        { "workers" => options[:workers], "threads" => options[:max_threads],
          "binds" => options[:binds], "preload" => options[:preload_app],
          "keepalive" => options[:persistent_timeout] }
      rescue Exception => e
        { "error" => "#{e.class}: #{e.message}" }
      end
    end
  end
  ENV.replace(before)
  puts JSON.generate(answer)
  $stdout.flush
end
