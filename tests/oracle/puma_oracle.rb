# Asks Puma what it makes of configurations.
require_relative "answering"
require "puma"
require "puma/cli"
require "puma/configuration"

answer_each do |asked, dir|
  Dir.chdir(dir) do
    asked["files"].each do |path, text|
      Dir.mkdir(File.dirname(path)) unless Dir.exist?(File.dirname(path))
      File.write(path, text)
    end
    cli = Puma::CLI.new(asked["argv"], Puma::Events.strings)
    conf = cli.instance_variable_get(:@conf)
    conf.clamp
    options = conf.final_options
    { "workers" => options[:workers], "threads" => options[:max_threads],
      "binds" => options[:binds], "preload" => options[:preload_app],
      "keepalive" => options[:persistent_timeout] }
  end
end
