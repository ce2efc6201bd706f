# Asks Unicorn what it makes of configurations: one JSON object a line in, one a line out.
require "json"
require "tmpdir"
require "unicorn"

$stdin.each_line do |line|
  asked = JSON.parse(line)
  before = ENV.to_h
  answer = Dir.mktmpdir do |dir|
    path = File.join(dir, "unicorn.rb")
    File.write(path, asked["file"])
    ENV.update(asked["env"])
    begin
      set = Unicorn::Configurator.new(config_file: path, use_defaults: true).set
      { "workers" => set[:worker_processes], "timeout" => set[:timeout],
        "preload" => set[:preload_app], "listeners" => set[:listeners] || [] }
    rescue Exception => e
      { "error" => "#{e.class}: #{e.message}" }
    end
  end
  ENV.replace(before)
  puts JSON.generate(answer)
  $stdout.flush
end
