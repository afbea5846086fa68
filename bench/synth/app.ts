// Trailbus in TypeScript, as one writes it: every forwarder stack makes its forwarder. The templates say what those of the Go app say: the
// benchmark compares them. BENCH_INPUT names a file with the stacks and the patterns.
import { readFileSync } from 'node:fs';
import { App, Aws, DefaultStackSynthesizer, Duration, Stack, aws_events as events, aws_iam as iam, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Bus, CentralStack } from './central';

interface Pattern { id: string; description: string; state: string; pattern: object }
interface Input { bus: Bus; patterns: Pattern[]; stacks: { id: string; account: string; region: string }[] }

const input: Input = JSON.parse(readFileSync(process.env.BENCH_INPUT!, 'utf8'));
const principal = 'events.amazonaws.com';

class RegionalForwarder extends Construct {
  constructor(scope: Construct, id: string, bus: events.IEventBus) {
    super(scope, id);
    const role = new iam.Role(this, 'Role', {
      description: 'Trailbus: EventBridge sends CloudTrail events to the central bus',
      assumedBy: new iam.ServicePrincipal(principal, { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
      inlinePolicies: {
        PutEvents: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn] })] }),
      },
    });
    const queue = new sqs.Queue(this, 'DeadLetterQueue', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const targets = [{ id: 'CentralBus', arn: bus.eventBusArn, roleArn: role.roleArn, deadLetterConfig: { arn: queue.queueArn } }];
    const rules = input.patterns.map((pattern) => new events.CfnRule(this, `Forward${pattern.id}`, {
      description: pattern.description,
      eventPattern: pattern.pattern,
      state: pattern.state,
      targets,
    }));
    rules.push(new events.CfnRule(this, 'Heartbeat', {
      description: 'Trailbus: says that this forwarder is there',
      eventPattern: { 'source': ['trailbus.verify'], 'detail-type': ['Trailbus Verify'] },
      scheduleExpression: events.Schedule.rate(Duration.hours(1)).expressionString,
      state: 'ENABLED',
      targets,
    }));
    queue.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'EventBridgeSendsWhatWasNotTaken',
      principals: [new iam.ServicePrincipal(principal)],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': rules.map((rule) => rule.attrArn) } },
    }));
  }
}

class ForwarderStack extends Stack {
  constructor(scope: Construct, id: string, account: string, region: string) {
    super(scope, id, {
      stackName: 'TrailbusForwarder',
      description: 'Trailbus: forwards CloudTrail events to the central event bus',
      env: { account, region },
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    });
    const arn = this.formatArn({
      service: 'events', account: input.bus.account, region: input.bus.region, resource: 'event-bus', resourceName: input.bus.name,
    });
    new RegionalForwarder(this, 'RegionalForwarder', events.EventBus.fromEventBusArn(this, 'CentralBus', arn));
  }
}

const app = new App();
const central = new CentralStack(app, 'Central', input.bus);
for (const { id, account, region } of input.stacks) {
  new ForwarderStack(app, id, account, region).addStackDependency(central);
}
app.synth();
