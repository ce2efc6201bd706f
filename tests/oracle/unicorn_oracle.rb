# Asks Unicorn what it makes of configurations.
require_relative "answering"
require "unicorn"

answer_each do |asked, dir|
  path = File.join(dir, "unicorn.rb")
  File.write(path, asked["file"])
  set = Unicorn::Configurator.new(config_file: path, use_defaults: true).set
  { "workers" => set[:worker_processes], "timeout" => set[:timeout],
    "preload" => set[:preload_app], "listeners" => set[:listeners] || [] }
end
