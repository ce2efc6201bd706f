# Asks Sidekiq what it makes of a command with a configuration.
require_relative "answering"
require "sidekiq"
require "sidekiq/cli"

answer_each do |asked, dir|
  Dir.mkdir(File.join(dir, "config"))
  File.write(File.join(dir, "config", "sidekiq.yml"), asked["file"])
  Sidekiq.options = Sidekiq::DEFAULTS.dup
  cli = Sidekiq::CLI.send(:new)
  cli.send(:setup_options, [*asked["words"], "-r", dir])
  { "threads" => Sidekiq.options[:concurrency], "timeout" => Sidekiq.options[:timeout] }
end
