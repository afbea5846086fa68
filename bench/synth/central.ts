// The central stack of Trailbus in TypeScript, of the same classes of the CDK as in Go.
import {
  CfnOutput, CfnResource, DockerImage, Duration, RemovalPolicy, Stack, aws_dynamodb as dynamodb, aws_events as events, aws_events_targets as targets,
  aws_iam as iam, aws_lambda as lambda, aws_logs as logs, aws_secretsmanager as secretsmanager, aws_sqs as sqs, AssetHashType,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';

export interface Bus { account: string; region: string; name: string; organization: string; detailTypes: string[] }

function alerts(bus: Bus): events.EventPattern {
  return { source: events.Match.prefix('aws.'), detailType: bus.detailTypes };
}

class CentralTrailBus extends Construct {
  readonly bus: events.EventBus;
  readonly archive: events.Archive;

  constructor(scope: Construct, id: string, props: Bus) {
    super(scope, id);
    this.bus = new events.EventBus(this, 'Bus', { eventBusName: props.name });
    this.admit('AdmitCentralAccount', new iam.AccountPrincipal(Stack.of(this).account));
    this.admit('AdmitOrganization', new iam.AnyPrincipal(), { StringEquals: { 'aws:PrincipalOrgID': props.organization } });
    this.archive = new events.Archive(this.bus, 'Archive', {
      sourceEventBus: this.bus,
      description: 'Trailbus: CloudTrail events, to be replayed',
      eventPattern: alerts(props),
      retention: Duration.days(30),
    });
  }

  private admit(sid: string, principal: iam.IPrincipal, conditions?: Record<string, unknown>): void {
    this.bus.addToResourcePolicy(new iam.PolicyStatement({
      sid, principals: [principal], actions: ['events:PutEvents'], resources: [this.bus.eventBusArn], conditions,
    }));
  }
}

class SlackNotifier extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetterQueue: sqs.Queue;
  readonly function: lambda.Function;
  readonly logGroup: logs.LogGroup;
  readonly rule: events.Rule;

  constructor(scope: Construct, id: string, bus: events.IEventBus, secret: secretsmanager.ISecret, eventPattern: events.EventPattern) {
    super(scope, id);
    const encryption = sqs.QueueEncryption.SQS_MANAGED;
    this.deadLetterQueue = new sqs.Queue(this, 'DeadLetterQueue', { encryption, enforceSSL: true, retentionPeriod: Duration.days(14) });
    this.queue = new sqs.Queue(this, 'Queue', {
      encryption, enforceSSL: true, retentionPeriod: Duration.days(7), visibilityTimeout: Duration.minutes(6),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 600 },
    });
    const table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: 'expires',
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.logGroup = new logs.LogGroup(this, 'Logs', { retention: logs.RetentionDays.THREE_MONTHS, removalPolicy: RemovalPolicy.DESTROY });
    const role = new iam.Role(this, 'Role', { description: 'Trailbus: the notifier', assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(role);
    secret.grantRead(role);
    this.deadLetterQueue.grantSendMessages(role);
    table.grant(role, 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem');
    this.function = new lambda.Function(this, 'Function', {
      description: 'Trailbus: tells people in Slack about CloudTrail events',
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: lambda.Architecture.ARM_64,
      handler: 'bootstrap',
      memorySize: 1024,
      timeout: Duration.minutes(1),
      role,
      logGroup: this.logGroup,
      environment: {
        TRAILBUS_SECRET_ARN: secret.secretArn,
        TRAILBUS_QUEUE_URL: this.queue.queueUrl,
        TRAILBUS_DEAD_LETTER_QUEUE_URL: this.deadLetterQueue.queueUrl,
        TRAILBUS_TABLE: table.tableName,
      },
      code: lambda.Code.fromAsset('functions/notifier', {
        assetHashType: AssetHashType.OUTPUT,
        bundling: { image: DockerImage.fromRegistry('local-bundling-only'), local: { tryBundle: () => true } },
      }),
    });
    (this.function.node.defaultChild as CfnResource).addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
    this.queue.grantConsumeMessages(role);
    this.function.addEventSourceMapping('Queue', {
      eventSourceArn: this.queue.queueArn, batchSize: 1000, maxBatchingWindow: Duration.seconds(1), maxConcurrency: 2, reportBatchItemFailures: true,
    });
    this.rule = new events.Rule(this, 'Rule', {
      eventBus: bus,
      description: 'Trailbus: CloudTrail events that the forwarders sent',
      eventPattern,
      targets: [new targets.SqsQueue(this.queue, { deadLetterQueue: this.deadLetterQueue })],
    });
    (this.rule.node.defaultChild as events.CfnRule).state = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
    new events.Rule(this, 'Heartbeats', {
      eventBus: bus,
      description: 'Trailbus: heartbeats of the forwarders',
      eventPattern: { source: ['aws.events'], detailType: ['Scheduled Event'] },
      targets: [new targets.SqsQueue(this.queue)],
    });
    new events.Rule(this, 'Look', {
      description: 'Trailbus: asks the notifier which forwarders fell silent',
      schedule: events.Schedule.rate(Duration.minutes(15)),
      targets: [new targets.SqsQueue(this.queue, {
        message: events.RuleTargetInput.fromObject({ 'detail-type': 'Trailbus Look', 'source': 'trailbus', 'time': events.EventField.time }),
      })],
    });
  }
}

export class CentralStack extends Stack {
  constructor(scope: Construct, id: string, bus: Bus) {
    super(scope, id, {
      stackName: 'TrailbusCentral',
      description: 'Trailbus: the central event bus and the Slack notifier',
      env: { account: bus.account, region: bus.region },
    });
    const central = new CentralTrailBus(this, 'CentralTrailBus', bus);
    const secret = secretsmanager.Secret.fromSecretNameV2(this, 'SlackSecret', 'trailbus/slack');
    const notifier = new SlackNotifier(this, 'SlackNotifier', central.bus, secret, alerts(bus));
    const outputs: [string, string, string][] = [
      ['BusArn', 'The central event bus', central.bus.eventBusArn],
      ['QueueUrl', 'The queue in front of Slack', notifier.queue.queueUrl],
      ['DeadLetterQueueUrl', 'What could not be told', notifier.deadLetterQueue.queueUrl],
      ['NotifierName', 'The function that posts to Slack', notifier.function.functionName],
      ['NotifierLogGroup', 'What became of each event', notifier.logGroup.logGroupName],
      ['ArchiveArn', 'What trailbus replay replays', central.archive.archiveArn],
      ['NotifierRuleArn', 'The rule that feeds the queue', notifier.rule.ruleArn],
    ];
    for (const [output, description, value] of outputs) {
      new CfnOutput(this, output, { description, value });
    }
  }
}
